/*
 * Makes MKL, and so PyTorch, use its kernels for Intel on another processor that has their instructions:
 *
 *   cc -shared -fPIC -o mkl_intel.so bench/peers/mkl_intel.c
 *   node --import tsx bench/training.ts --python PYTHON --preload $PWD/mkl_intel.so
 */
int mkl_serv_intel_cpu(void) { return 1; }
int mkl_serv_intel_cpu_true(void) { return 1; }

/** More than a process ever frees. */
const NEVER = 2 ** 44;
/** The largest threshold that every glibc accepts; larger blocks are asked for and given back one by one. */
const LARGEST = 2 ** 25;
/** Large pages wherever the kernel gives them to who asks: fewer of them have to be looked up. */
const TRANSPARENT = 1;

/**
 * The environment of a process that computes one stage and ends: in it, glibc's malloc keeps freed memory.
 * Otherwise it returns most of it after each step of a training, and the system clears every page of it anew
 * for the next: a tenth of a step. Peaks are no higher. Settings that are there already are left alone.
 */
export function keepingMemory(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = env.GLIBC_TUNABLES ?? '';
  if (own.includes('glibc.malloc.') || Object.keys(env).some((name) => name.startsWith('MALLOC_')))
    return env;
  const settings = { trim_threshold: NEVER, mmap_threshold: LARGEST, hugetlb: TRANSPARENT };
  const ours = Object.entries(settings).map(([name, value]) => `glibc.malloc.${name}=${value}`);
  return { ...env, GLIBC_TUNABLES: [own, ...ours].filter(Boolean).join(':') };
}

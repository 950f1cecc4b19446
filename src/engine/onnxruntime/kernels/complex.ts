import { aliasKernel } from '../kernel-registry.js';

/*
 * A complex tensor is a pair of values, its real and its imaginary parts. It can be created, split, cast and
 * reshaped here; computing with it is left to the fallback.
 */

aliasKernel('Complex', (backend, { real, imag }) =>
  backend.toTensor(backend.toValue(real!), backend.toValue(imag!)),
);
aliasKernel('Real', (backend, { input }) => backend.toTensor(backend.toValue(input!)));
aliasKernel('Imag', (backend, { input }) => backend.toTensor(backend.toImaginary(input!)));

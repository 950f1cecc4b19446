import './activation.js';
import './convolution.js';
import './elementwise.js';
import './fused.js';
import './indexing.js';
import './matmul.js';
import './reduction.js';
import './shape.js';

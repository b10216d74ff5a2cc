export { philox4x32 } from "./philox.ts";
export { type SparseSignOptions, sparseSignMatrix } from "./sparse-sign.ts";
export { RandomStream, randomStream, type StreamLabel } from "./stream.ts";

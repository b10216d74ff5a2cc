export { philox4x32 } from "./philox.ts";
export { RandomStream, randomStream, type StreamLabel } from "./stream.ts";

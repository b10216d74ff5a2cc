export { InvalidInputError, NumericalError } from "./core/errors.ts";
export type { LongCallOptions, Progress } from "./core/progress.ts";

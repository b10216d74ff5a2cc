export { InvalidInputError, NumericalError, UnavailableError } from "./core/errors.ts";
export type { LongCallOptions, Progress } from "./core/progress.ts";

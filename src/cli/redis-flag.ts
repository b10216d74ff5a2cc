import { InvalidInputError } from "ockham";

/** Waits for a call that connects to a server, and names the flag where the call names its option `url`. */
export async function withUrlFrom<T>(flag: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof InvalidInputError) || error.argument !== "options.url") throw error;
    throw new InvalidInputError(flag, error.message.slice(`${error.argument}: `.length), { cause: error });
  }
}

import { InvalidInputError } from "../../errors.ts";
import type { RedisPool } from "./options.ts";

/** Browsers cannot reach a Redis server. */
export async function redisPool(): Promise<RedisPool> {
  throw new InvalidInputError("redisPool", "runs in Node only");
}

/** Browsers cannot reach a Redis server. */
export async function runWorker(): Promise<void> {
  throw new InvalidInputError("runWorker", "runs in Node only");
}

import { inlinePool } from "./inline-pool.ts";
import type { Pool } from "./pool.ts";

/** Browsers run methods inside one Web Worker already: there, a pool is inline. */
export function threadPool(): Pool {
  return inlinePool();
}

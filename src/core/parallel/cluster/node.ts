export { redisPool } from "./redis-pool.ts";
export { runWorker } from "./run-worker.ts";

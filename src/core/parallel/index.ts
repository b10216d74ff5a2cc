export { redisPool, runWorker } from "#cluster";
export { threadPool } from "#thread-pool";
export { isPoolWorker, onPoolActivity } from "./activity.ts";
export type {
  ClusterOptions,
  RedisPool,
  RedisPoolOptions,
  TaskModules,
  WorkerOptions,
} from "./cluster/options.ts";
export { inlinePool } from "./inline-pool.ts";
export type { Pool, PoolRunOptions } from "./pool.ts";
export { defineTask, type Task, type TaskContext } from "./task.ts";
export { TaskError } from "./task-error.ts";
export type { ThreadPoolOptions } from "./thread-pool-options.ts";

import type { TaskModules } from "ockham/parallel";

const graph = () => import("ockham/graph");
const fastrp = () => import("../../papers/fastrp/evaluate.ts");
const blogCatalog = () => import("../../papers/fastrp/blog-catalog.ts");

/**
 * The tasks that `ockham worker` runs. A new task gets a line here, except one that writes to shared memory:
 * those never leave the machine of their pool.
 */
export const workerTasks: TaskModules = {
  "graph/judge-embedding": graph,
  "graph/power-walk": graph,
  "graph/random-walks": graph,
  "graph/visit-counts": graph,
  "graph/walk-visits": graph,
  "papers/fastrp/judge": fastrp,
  "papers/fastrp/judge-labels": blogCatalog,
};

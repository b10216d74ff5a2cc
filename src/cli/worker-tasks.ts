import type { TaskModules } from "ockham/parallel";

const graph = () => import("ockham/graph");
const separators = () => import("../../papers/perceptron-gd/separate.ts");
const lpSensitivity = () => import("../../papers/lp-sensitivity/trials.ts");
const lightSb = () => import("../../papers/lightsb/benchmark.ts");

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
  "learn-to-relax/play": () => import("../../papers/learn-to-relax/play.ts"),
  "numbertheory/esma": () => import("ockham/numbertheory"),
  "optim/half-sweep": () => import("ockham/optim"),
  "optim/lp-sensitivities": () => import("ockham/optim"),
  "papers/breadcrumbs/merge-trial": () => import("../../papers/breadcrumbs/merge-trial.ts"),
  "papers/fastrp/judge": () => import("../../papers/fastrp/evaluate.ts"),
  "papers/fastrp/judge-labels": () => import("../../papers/fastrp/blog-catalog.ts"),
  "papers/funbat/best-binned": () => import("../../papers/funbat/baselines.ts"),
  "papers/lightsb/benchmark": lightSb,
  "papers/lightsb/fit": lightSb,
  "papers/ppg/errors": () => import("../../papers/ppg/equal-cost.ts"),
  "papers/perceptron-gd/margin": separators,
  "papers/perceptron-gd/separate": separators,
  "papers/linf-sketch/errors": () => import("../../papers/linf-sketch/errors.ts"),
  "papers/monarch-mixer/images": () => import("../../papers/monarch-mixer/images.ts"),
  "papers/monarch-mixer/train": () => import("../../papers/monarch-mixer/training.ts"),
  "papers/ptd-ssm/train": () => import("../../papers/ptd-ssm/training.ts"),
  "papers/lp-sensitivity/distortion": lpSensitivity,
  "papers/lp-sensitivity/regression": lpSensitivity,
  "papers/robust-altmin/trial": () => import("../../papers/robust-altmin/trials.ts"),
  "pde/operator-data-group": () => import("ockham/pde"),
  "retrieval/fde": () => import("ockham/retrieval"),
  "skr/compare": () => import("../../papers/skr/compare.ts"),
};

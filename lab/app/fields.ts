import type { Field } from "ockham/paper";

/** The fields as people call them. */
export const fields: Readonly<Record<Field, string>> = {
  diffusion: "Diffusion models",
  compression: "Compression",
  pde: "Differential equations",
  optim: "Optimisation",
  graph: "Graphs",
  retrieval: "Retrieval",
  recommend: "Recommendation",
  bayes: "Bayesian inference",
  stats: "Statistics",
  sequence: "Sequences",
  equivariant: "Equivariance",
  vision: "Vision",
  search: "Architecture search",
  numbertheory: "Number theory",
  certify: "Certification",
};

/** The folders under `src/` that methods are filed in. */
export const fields = [
  "diffusion",
  "compression",
  "pde",
  "optim",
  "graph",
  "retrieval",
  "recommend",
  "bayes",
  "stats",
  "sequence",
  "equivariant",
  "vision",
  "search",
  "numbertheory",
  "certify",
] as const;

export type Field = (typeof fields)[number];

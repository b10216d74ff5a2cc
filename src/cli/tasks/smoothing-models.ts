/** The models that `smooth` offers: their parameters as people state them, and where nothing else is said. */
export const smoothingModels = {
  lg: { names: ["coefficient", "noise", "gain", "observation noise"], defaults: [0.9, 1, 1, 1] },
  sv: { names: ["persistence", "volatility", "scale"], defaults: [0.95, 0.2, 1] },
  growth: { names: ["noise", "observation noise"], defaults: [3.162278, 1] },
} as const satisfies Record<
  string,
  { readonly names: readonly string[]; readonly defaults: readonly number[] }
>;

export type SmoothingModelId = keyof typeof smoothingModels;

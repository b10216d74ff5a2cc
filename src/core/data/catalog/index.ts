import type { Dataset } from "../dataset.ts";
import { graphs } from "./graphs.ts";
import { images } from "./images.ts";
import { networks } from "./networks.ts";
import { optimization } from "./optimization.ts";
import { recommendation } from "./recommendation.ts";
import { science } from "./science.ts";
import { series } from "./series.ts";
import { tables } from "./tables.ts";
import { text } from "./text.ts";

/** Every data set that the library knows, by family. */
export const datasets: readonly Dataset[] = [
  ...graphs,
  ...recommendation,
  ...text,
  ...images,
  ...tables,
  ...series,
  ...science,
  ...optimization,
  ...networks,
];

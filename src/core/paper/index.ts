export type { Figure, Mode, Picture, PictureRow, Table } from "../report/index.ts";
export type { Bar } from "./bar.ts";
export { type Field, fields } from "./fields.ts";
export {
  type Claim,
  definePaper,
  type Measurement,
  type Outcome,
  type Paper,
  type PaperDefinition,
  type PaperFacts,
  type Run,
  requireFacts,
} from "./paper.ts";
export { type PaperResult, type RunPaperOptions, runPaper } from "./run-paper.ts";

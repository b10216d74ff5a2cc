export { type FileWriter, type OpenedFile, openFile, readBytes, writeAtomically } from "#files";
export type { ByteSource } from "./byte-source.ts";
export {
  type EdgeList,
  type EdgeListFormat,
  type EdgeListOptions,
  type EdgeListReport,
  parseEdgeList,
  readEdgeList,
  writeEdgeList,
} from "./edge-list.ts";
export { parseIdx, readIdx } from "./idx.ts";
export { parseJsonLines, readJsonLines, writeJsonLines } from "./json-lines.ts";
export { type LabelledRows, type LibsvmOptions, parseLibsvm, readLibsvm, writeLibsvm } from "./libsvm.ts";
export { type MatFile, type MatVariable, parseMat, readMat } from "./mat-file.ts";
export {
  formatMatrixMarket,
  type MatrixMarketOptions,
  parseMatrixMarket,
  readMatrixMarket,
  readSparseMatrix,
  readVector,
  writeMatrixMarket,
} from "./matrix-market.ts";
export { formatNpy, npyHeader, parseNpy, readNpy, writeNpy } from "./npy.ts";
export { parseNpz, readNpz } from "./npz.ts";
export {
  type Embeddings,
  readEmbeddings,
  readParquetEdges,
  writeEmbeddings,
  writeParquetEdges,
} from "./parquet.ts";
export { formatPng } from "./png.ts";
export {
  type ArrayTree,
  flattenTree,
  formatSafetensors,
  nestTree,
  parseSafetensors,
  type Safetensors,
  type SafetensorsEntry,
  type SafetensorsHeader,
  type SafetensorsPart,
  safetensorsHeader,
} from "./safetensors.ts";
export {
  openSafetensors,
  type SafetensorsFile,
  streamSafetensors,
  writeSafetensors,
} from "./safetensors-file.ts";
export { type Column, parseTable, readTable, type Table, type TableOptions } from "./table.ts";
export {
  type Judgements,
  parseQrels,
  parseTrecRun,
  type Retrieved,
  readQrels,
  readTrecRun,
  type TrecRun,
  writeQrels,
  writeTrecRun,
} from "./trec.ts";
export { unzip } from "./zip.ts";

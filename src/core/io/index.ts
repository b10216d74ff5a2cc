export { type FileWriter, openFile, readBytes, writeAtomically } from "#files";
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
export { formatNpy, parseNpy, readNpy, writeNpy } from "./npy.ts";
export {
  type ArrayTree,
  flattenTree,
  formatSafetensors,
  nestTree,
  parseSafetensors,
  type Safetensors,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from "./safetensors.ts";
export { openSafetensors, type SafetensorsFile, writeSafetensors } from "./safetensors-file.ts";

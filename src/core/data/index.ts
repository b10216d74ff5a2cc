export { datasets } from "./catalog/index.ts";
export {
  type Dataset,
  type DatasetFile,
  DatasetUnavailableError,
  type FetchedDataset,
  type SourceFailure,
} from "./dataset.ts";
export {
  type DatasetStatus,
  datasetStatus,
  fetchDataset,
  findDataset,
  removeDataset,
} from "./fetch-dataset.ts";
export { cacheFolder, dataFolder } from "./folders.ts";
export {
  lexicographerFiles,
  loadWordNet,
  type PartOfSpeech,
  partsOfSpeech,
  type WordNet,
  type WordNetOptions,
} from "./wordnet.ts";

export {
  type BrownCorpus,
  loadBrown,
  loadBrownWordGraph,
  type WordGraph,
  type WordGraphOptions,
} from "./brown.ts";
export { datasets } from "./catalog/index.ts";
export {
  type Dataset,
  type DatasetFile,
  DatasetUnavailableError,
  type FetchedDataset,
  type SourceFailure,
  type Unpacking,
} from "./dataset.ts";
export { type FashionMnistOptions, loadFashionMnist } from "./fashion-mnist.ts";
export {
  type DatasetStatus,
  datasetStatus,
  fetchDataset,
  findDataset,
  removeDataset,
} from "./fetch-dataset.ts";
export { cacheFolder, dataFolder } from "./folders.ts";
export {
  type CitationGraph,
  type GraphData,
  loadCitationGraph,
  loadCnr2000,
  loadMultiLabelGraph,
  loadSnapGraph,
  type MultiLabelGraph,
  multiLabelGraphs,
  type SnapGraph,
  snapGraphs,
} from "./labelled-graphs.ts";
export { loadMiserables, type Miserables } from "./miserables.ts";
export { type ImageSet, loadMnist, type MnistOptions } from "./mnist.ts";
export { loadMobyDick } from "./moby-dick.ts";
export { loadMovieLens100k, type MovieLensOptions, type Ratings } from "./movielens.ts";
export { type CellDay, cellDays, loadSingleCells, type SingleCellOptions } from "./single-cells.ts";
export {
  loadSparseTensor,
  type SparseTensorFold,
  type SparseTensorOptions,
  sparseTensors,
} from "./sparse-tensors.ts";
export { loadTestCollection, type TestCollection, testCollections } from "./test-collections.ts";
export { loadWordVectors, type WordVectors } from "./word-vectors.ts";
export {
  lexicographerFiles,
  loadWordNet,
  type PartOfSpeech,
  partsOfSpeech,
  type WordNet,
  type WordNetOptions,
} from "./wordnet.ts";

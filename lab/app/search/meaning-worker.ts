import { expose } from "comlink";
import { catalogueSearch } from "../../../papers/muvera/catalogue-search.ts";
import { assetOf } from "../assets.ts";

const search = assetOf("muvera", "word-vectors.safetensors", () => {}).then(catalogueSearch);

const worker = {
  async ready(): Promise<void> {
    await search;
  },
  async find(text: string): Promise<readonly number[]> {
    return (await search).byEncodings(text).map(({ document }) => document);
  },
};

export type MeaningWorker = typeof worker;
expose(worker);

import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "a class of errors": ["DatasetUnavailableError"],
    "work on the cache and the network, tested with sources of their own": [
      "datasetStatus",
      "fetchDataset",
      "removeDataset",
    ],
    "facts about data sets and folders": ["cacheFolder", "dataFolder", "findDataset"],
  },
};

import type { Dataset } from "../dataset.ts";

/** Users, items and what the users did. */
export const recommendation: readonly Dataset[] = [
  {
    name: "ml-100k",
    title: "MovieLens 100K",
    shape: "100,000 ratings 1 to 5 by 943 users on 1,682 films; official splits u1 to u5, ua, ub",
    terms:
      "research use; no redistribution or commercial use without permission; cite Harper and Konstan 2015",
    url: "https://grouplens.org/datasets/movielens/100k/",
    files: [
      {
        name: "ml-100k.zip",
        bytes: 4943881,
        hash: "sha256:5fcec220eefe202d02a1c13aa2b826d83378fa3f6cfa5105316b35100a52066e",
        url: "https://files.grouplens.org/datasets/movielens/ml-100k.zip",
        contents: [
          {
            path: "ml-100k/u.data",
            hash: "sha256:06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
          },
          {
            path: "ml-100k/u.item",
            hash: "sha256:553841ebc7de3a0fd0d6b62a204ea30c1e651aacfb2814c7a6584ac52f2c5701",
          },
          {
            path: "ml-100k/u.user",
            hash: "sha256:f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
          },
          {
            path: "ml-100k/ua.base",
            hash: "sha256:67b5bcdb380c29f85d56a012ecd88612ae020f30a6730d117a334ee8203b91f2",
          },
          {
            path: "ml-100k/ua.test",
            hash: "sha256:d0497e202417720f57a184ec8c66be2d1afa4ff41bb53787c57b28d6bf79bc42",
          },
        ],
      },
    ],
  },
  {
    name: "ml-1m-implicit",
    title: "MovieLens 1M, implicit feedback",
    shape: "836,478 interactions (ratings of 3 or more) of 6,039 users with 3,628 films, 70/10/20 split",
    terms:
      "research use; no redistribution or commercial use without permission; cite Harper and Konstan 2015",
    url: "https://grouplens.org/datasets/movielens/1m/",
    folder: "ml-1m-partial",
    files: [
      {
        name: "ml-1m-implicit-lightgcn.zip",
        bytes: 1490433,
        hash: "sha256:76c5b662724b02d78523784edc70af6be47e17d8b28f8ece027e878d54901847",
      },
    ],
  },
  {
    name: "ml-1m-meta",
    title: "MovieLens 1M, users, films and first ratings",
    shape: "6,040 users, 3,883 films, the first 99,999 ratings",
    terms:
      "research use; no redistribution or commercial use without permission; cite Harper and Konstan 2015",
    url: "https://grouplens.org/datasets/movielens/1m/",
    folder: "ml-1m-partial",
    files: [
      {
        name: "ml-1m-meta-and-first-ratings.zip",
        bytes: 698308,
        hash: "sha256:3c3654b5fba9752697539156e6675d24fa325ba2be39996a7ba83ebdfe11c376",
      },
    ],
  },
  {
    name: "criteo-avazu-samples",
    title: "Criteo and Avazu click-through samples",
    shape: "8,000 and 9,000 rows with labels",
    terms: "challenge rules (research use)",
    url: "https://ailab.criteo.com/ressources/",
    folder: "ctr-samples",
    files: [
      {
        name: "criteo-avazu-sample.zip",
        bytes: 972796,
        hash: "sha256:4aa5a8057943e886386efea5387e57ebacb484bfc81476a674c56d6bcd13f6f5",
      },
    ],
  },
  {
    name: "frappe",
    title: "Frappe, validation and test parts",
    shape: "86,582 rows of 10 one-hot context features, label 1 or -1",
    terms: "research use; cite Baltrunas et al. 2015",
    url: "https://www.baltrunas.info/context-aware",
    folder: "ctr-samples",
    files: [
      {
        name: "frappe-validation-test.zip",
        bytes: 936939,
        hash: "sha256:62178206a629b232160f794cfcacabddc23403097e93ef388fbb6c13f857b9b3",
      },
    ],
  },
];

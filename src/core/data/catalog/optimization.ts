import type { Dataset } from "../dataset.ts";

/** Matrices and problems for solvers. */
export const optimization: readonly Dataset[] = [
  {
    name: "suitesparse-selection",
    title: "SuiteSparse selection",
    shape: "25 matrices of 223 to 13,436 rows, Matrix Market",
    terms: "CC BY 4.0",
    url: "https://sparse.tamu.edu/",
    folder: "matrix-market",
    files: [
      {
        name: "suitesparse-selection.zip",
        bytes: 3084430,
        hash: "sha256:7edf1a34ef98beb745fa5e0473ae4938e7aa561626139d3839f0900b939f4cd3",
      },
    ],
  },
  {
    name: "pyamg-gallery",
    title: "PyAMG example problems",
    shape: "8 finite element problems, MATLAB v5",
    terms: "MIT",
    url: "https://github.com/pyamg/pyamg",
    folder: "matrix-market",
    files: [
      {
        name: "pyamg-gallery.zip",
        bytes: 483535,
        hash: "sha256:d2253667dbc92f9bbd4f77ae0a9ca9a89325a34026101f6dd82862599a0b2735",
      },
    ],
  },
  {
    name: "netlib-lp",
    title: "Netlib linear programmes",
    shape: "91 problems, MPS",
    terms: "none stated beyond credit",
    url: "https://netlib.org/lp/data/",
    folder: "lp-qp-problems",
    files: [
      {
        name: "netlib-lp.zip",
        bytes: 4886368,
        hash: "sha256:9a21d4eea737477867d6881ca93a899410b011d386b3af6651cb6dbc54759842",
      },
    ],
  },
  {
    name: "maros-meszaros",
    title: "Maros-Meszaros quadratic programmes",
    shape: "137 problems, MATLAB v5",
    terms: "none stated",
    url: "http://www.cuter.rl.ac.uk/Problems/marmes.html",
    folder: "lp-qp-problems",
    files: [
      {
        name: "maros-meszaros-qp.zip",
        bytes: 11092659,
        hash: "sha256:bd1c6b78e5ce1ead8f5579ffe5ff3374a33e4fbb13b04d513481dc3646ee9526",
      },
    ],
  },
];

import type { Dataset } from "../dataset.ts";

/** Solutions of differential equations, flows and molecular configurations. */
export const science: readonly Dataset[] = [
  {
    name: "pinns-solutions",
    title: "Reference solutions of the PINNs repository",
    shape: "Burgers, Allen-Cahn, Kuramoto-Sivashinsky, KdV, Schroedinger, cylinder wake",
    terms: "MIT",
    url: "https://github.com/maziarraissi/PINNs",
    folder: "pde-solutions",
    files: [
      {
        name: "pinns-mat.zip",
        bytes: 3758834,
        hash: "sha256:f41ac17e198a09a376cef17da6b47d11922ba84aa5a09ccfbc02b3bc07b75600",
      },
    ],
  },
  {
    name: "jaxpi-solutions",
    title: "Reference solutions of JAX-PI",
    shape: "Allen-Cahn, Burgers, Kuramoto-Sivashinsky, lid-driven cavity at Re 100 to 5,000",
    terms: "as the repository",
    url: "https://github.com/PredictiveIntelligenceLab/jaxpi",
    folder: "pde-solutions",
    files: [
      {
        name: "jaxpi-mat.zip",
        bytes: 7706755,
        hash: "sha256:6756c6126fed8ed6c5d300d9549f8117731165edd126a60e10feb8f9229598c3",
      },
    ],
  },
  {
    name: "deepxde-solutions",
    title: "Reference solutions of DeepXDE",
    shape: "Burgers, Lorenz, Poisson on an L, reaction, Stokes",
    terms: "LGPL-2.1",
    url: "https://github.com/lululxvi/deepxde",
    folder: "pde-solutions",
    files: [
      {
        name: "deepxde-npz.zip",
        bytes: 1134060,
        hash: "sha256:e014c6577a551c8de0e644e3ab7bf2ca9343bbc7a4d35d3f69f7a90dd648561d",
      },
    ],
  },
  {
    name: "pinnacle-solutions",
    title: "Reference solutions of PINNacle",
    shape: "heat, Darcy, Navier-Stokes, lid-driven cavity, Poisson",
    terms: "MIT",
    url: "https://github.com/i207M/PINNacle",
    folder: "pde-solutions",
    files: [
      {
        name: "pinnacle-ref.zip",
        bytes: 6334400,
        hash: "sha256:85fae2bb9da11daa0b64feb57424d82a2733e648d7b8914fe31a25d21bc654b7",
      },
    ],
  },
  {
    name: "darcy",
    title: "Darcy flow, small",
    shape: "1,000 + 50 + 50 permeabilities and solutions on 16 x 16 and 32 x 32",
    terms: "MIT",
    url: "https://github.com/neuraloperator/neuraloperator",
    folder: "pde-operators",
    files: [
      {
        name: "darcy_train_16.npz",
        bytes: 958354,
        hash: "sha256:d85060622f1775514a401bd1c0dfe12168b292029d052bcb0584fd275f7bdefe",
      },
      {
        name: "darcy_test_16.npz",
        bytes: 48810,
        hash: "sha256:583d2ca735bf3a33c430827b741c0b06f251d5bbb8134825cf5c0ff22b5c657a",
      },
      {
        name: "darcy_test_32.npz",
        bytes: 190857,
        hash: "sha256:2b267dd86e9b2ebbe419e3e641cac23f7567e4f861fd33a819620791769435fa",
      },
    ],
  },
  {
    name: "burgers",
    title: "Burgers trajectories, small",
    shape: "800 + 400 trajectories, 16 points x 17 times",
    terms: "MIT",
    url: "https://github.com/neuraloperator/neuraloperator",
    folder: "pde-operators",
    files: [
      {
        name: "burgers_train_16.npz",
        bytes: 1764175,
        hash: "sha256:48049850e639d3990f3b37eb4426ac2906259e879876ab58d4012c57ca8e4488",
      },
      {
        name: "burgers_test_16.npz",
        bytes: 882413,
        hash: "sha256:d0ba8c5fc7b4bc5885da088615b39159cd533ed74f9473625390d73e7606df3f",
      },
    ],
  },
  {
    name: "channel-flow",
    title: "Turbulent channel flow statistics",
    shape: "Re_tau 180, 395, 590 (Moser, Kim, Mansour) and 180, 550, 950, 2000 (Hoyas, Jimenez)",
    terms: "free with citation",
    url: "https://turbulence.oden.utexas.edu/MKM_1999.html",
    folder: "channel-flow-dns",
    files: [
      {
        name: "AJZM_Channel.zip",
        bytes: 569299,
        hash: "sha256:67a4e49ac4bcccab490d23650593a2e8cac84eb9f028f117a296c6ac49a0b36f",
      },
      {
        name: "MKM_Channel.zip",
        bytes: 1558821,
        hash: "sha256:6be27146663f5ed072e4cd826b469f3528d0532d36794fde1778a223b38064df",
      },
    ],
  },
  {
    name: "botnet-molecules",
    title: "3BPA (training part), acetylacetone, ethanol",
    shape: "1,000 / 2,360 / 4,989 configurations with energies and forces",
    terms: "MIT",
    url: "https://github.com/davkovacs/BOTNet-datasets",
    folder: "molecules-botnet",
    files: [
      {
        name: "botnet-xyz.zip",
        bytes: 3629150,
        hash: "sha256:285f3171062bb2894ae0a0bb2e1fc8193a80c921a7ccb794427180d90991e9f7",
      },
    ],
  },
  {
    name: "single-cell-cite",
    title: "CITE-seq cells of four days, principal components",
    shape: "6,071 / 7,643 / 8,485 / 7,195 cells of days 2, 3, 4, 7 in 50 and 100 dimensions",
    terms: "competition rules",
    url: "https://www.kaggle.com/competitions/open-problems-multimodal",
    files: [
      {
        name: "cite-pcas.zip",
        bytes: 16459849,
        hash: "sha256:455e50fe04724ef9bc377af81192a498b293eec3f695d25430d44a1a08290406",
      },
    ],
  },
];

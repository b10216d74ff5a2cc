import type { Dataset } from "../dataset.ts";

/** Time series, sparse tensors over time and cells along a trajectory. */
export const series: readonly Dataset[] = [
  {
    name: "beijing-pm25",
    title: "Beijing PM2.5, hourly",
    shape: "43,824 rows, 13 columns (2,067 values missing)",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/381/beijing+pm2+5+data",
    folder: "time-series",
    files: [
      {
        name: "PRSA_data_2010.1.1-2014.12.31.csv.gz",
        bytes: 503541,
        hash: "sha256:f05c813a792252d701ef765302e73bea5e78f7d0edc44cd3cece745313affed6",
      },
    ],
  },
  {
    name: "sunspots",
    title: "Monthly sunspot numbers",
    shape: "3,296 months, 1749 to 2023",
    terms: "CC BY-NC 4.0 (SILSO, Royal Observatory of Belgium)",
    url: "https://www.sidc.be/SILSO/datafiles",
    folder: "time-series",
    files: [
      {
        name: "SN_m_tot_V2.0.csv.gz",
        bytes: 30834,
        hash: "sha256:c46eb19962a871dc8d4887b8b7170ad59968fea4062ded21e22d9d942f421845",
      },
    ],
  },
  {
    name: "exchange-rate",
    title: "Exchange rates",
    shape: "7,588 days x 8 currencies",
    terms: "none stated; cite Lai et al. 2018",
    url: "https://github.com/laiguokun/multivariate-time-series-data",
    folder: "time-series",
    files: [
      {
        name: "exchange_rate.txt.gz",
        bytes: 177142,
        hash: "sha256:6a4fbb561dcdee43f071a83badbeec9223a335552278348656738b556f1c2e9d",
      },
    ],
  },
  {
    name: "etth1",
    title: "Electricity transformer temperature 1, hourly",
    shape: "17,420 rows x 7",
    terms: "CC BY-ND 4.0",
    url: "https://github.com/zhouhaoyi/ETDataset",
    folder: "time-series",
    files: [
      {
        name: "ETTh1.csv.gz",
        bytes: 405601,
        hash: "sha256:f1141f82f9d46968f05afa77ba16abfc4f790fe07583f9de06bb685b29a5411f",
      },
    ],
  },
  {
    name: "etth2",
    title: "Electricity transformer temperature 2, hourly",
    shape: "17,420 rows x 7",
    terms: "CC BY-ND 4.0",
    url: "https://github.com/zhouhaoyi/ETDataset",
    folder: "time-series",
    files: [
      {
        name: "ETTh2.csv.gz",
        bytes: 428678,
        hash: "sha256:41040ff6a385d9208bd0b6ca58c062859e92c380d1778d93e11dd093768b579a",
      },
    ],
  },
  {
    name: "bike-sharing",
    title: "Capital Bikeshare rentals, hourly",
    shape: "17,379 rows, 17 columns",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/275/bike+sharing+dataset",
    folder: "time-series",
    files: [
      {
        name: "bike-sharing-hour.csv.gz",
        bytes: 255594,
        hash: "sha256:1138c97ce5e90fba259e99977162db981aa4186777e0b501d9ac07f6ed00ccc9",
      },
    ],
  },
  {
    name: "portfolio-prices",
    title: "Online portfolio selection benchmarks",
    shape: "NYSE (old, new), DJIA, SP500, MSCI, TSE; 507 to 6,431 days",
    terms: "none stated",
    url: "https://github.com/OLPS/OLPS",
    folder: "time-series",
    files: [
      {
        name: "portfolio-normalised-prices.zip",
        bytes: 4202308,
        hash: "sha256:acbc2d7c8faa8d4b7b90265e4ccfab6485ae67dddb3ee19ed0e3fa26c3f067f6",
      },
    ],
  },
  {
    name: "metr-la-week",
    title: "METR-LA loop detectors, one week",
    shape: "2,016 five-minute steps x 207 sensors, weighted adjacency",
    terms: "none stated",
    url: "https://github.com/liyaguang/DCRNN",
    folder: "time-series",
    files: [
      {
        name: "metr-la-week-speed.csv.gz",
        bytes: 746556,
        hash: "sha256:cd62cbd55e1c4580e9fef78b64e699e25a83fd011b786a94b67e174952341e07",
      },
      {
        name: "metr-la-adj.csv.gz",
        bytes: 17007,
        hash: "sha256:d3c3fc4ab02972e70cf6fee2b1dd60377f628e99629b92480da81c47327d628c",
      },
    ],
  },
  {
    name: "us-temperature",
    title: "US temperatures",
    shape: "15 x 95 x 267 tensor, 55,944 entries, five folds",
    terms: "CC BY-NC 4.0",
    url: "https://berkeleyearth.org/data/",
    folder: "sparse-tensors",
    files: [
      {
        name: "us-temperature-15x95x267.npz",
        bytes: 2023307,
        hash: "sha256:de7cbde48e9de8c497ef0b1599c2d8522bd3dfa5e37306912d12ecc86cca96ba",
      },
    ],
  },
  {
    name: "beijing-air-pm25",
    title: "Beijing air, PM2.5",
    shape: "428 x 501 x 1461 tensor, 11,954 entries, five folds",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/501/beijing+multi+site+air+quality+data",
    folder: "sparse-tensors",
    files: [
      {
        name: "beijing-PM2.5-428x501x1461.npz",
        bytes: 736593,
        hash: "sha256:7a5df053631043b0e773d70efe6678b678204d35e30ee0ad7c0bd47cf2057d29",
      },
    ],
  },
  {
    name: "beijing-air-pm10",
    title: "Beijing air, PM10",
    shape: "428 x 501 x 1461 tensor, 11,954 entries, five folds",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/501/beijing+multi+site+air+quality+data",
    folder: "sparse-tensors",
    files: [
      {
        name: "beijing-PM10-428x501x1461.npz",
        bytes: 746655,
        hash: "sha256:26d53ebc16544fb71c3e23a2e1e2883e6b9f2d2064808b2bbb5ba234a672df2d",
      },
    ],
  },
  {
    name: "beijing-air-so2",
    title: "Beijing air, SO2",
    shape: "428 x 501 x 1461 tensor, 11,954 entries, five folds",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/501/beijing+multi+site+air+quality+data",
    folder: "sparse-tensors",
    files: [
      {
        name: "beijing-SO2-428x501x1461.npz",
        bytes: 636916,
        hash: "sha256:e0fb63f3ea465661d37333f6aef1e76775c23b80b0b142a4c00014ae33492618",
      },
    ],
  },
  {
    name: "beijing-air-pm25-small",
    title: "Beijing air, PM2.5, coarse",
    shape: "100 x 100 x 300 tensor, 10,320 entries, five folds",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/501/beijing+multi+site+air+quality+data",
    folder: "sparse-tensors",
    files: [
      {
        name: "beijing-PM2.5-100x100x300.npz",
        bytes: 589027,
        hash: "sha256:8b15e46926017c90dafd33e924d165c6759fb951a4b9892d6b42e166406aed96",
      },
    ],
  },
  {
    name: "cite-seq",
    title: "CITE-seq trajectory, principal components",
    shape: "6,071 / 7,643 / 8,485 / 7,195 cells (days 2, 3, 4, 7) x 50 and x 100",
    terms: "competition rules",
    url: "https://www.kaggle.com/competitions/open-problems-multimodal",
    folder: "single-cell-cite",
    files: [
      {
        name: "cite-pcas.zip",
        bytes: 16459849,
        hash: "sha256:455e50fe04724ef9bc377af81192a498b293eec3f695d25430d44a1a08290406",
      },
    ],
  },
];

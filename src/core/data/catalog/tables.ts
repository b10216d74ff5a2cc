import type { Dataset } from "../dataset.ts";

/** Tables for regression, classification and structural models, molecules among them. */
export const tables: readonly Dataset[] = [
  {
    name: "california-housing",
    title: "California housing",
    shape: "20,640 block groups, 9 features, price; 207 values missing",
    terms: "none stated",
    url: "https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html",
    files: [
      {
        name: "housing.csv.gz",
        bytes: 395971,
        hash: "sha256:b2e79251d5497489c09db2cb6b7771e5cb0b1065198c2611c4f2f3c63403d30c",
      },
    ],
  },
  {
    name: "a9a",
    title: "a9a (binary classification)",
    shape: "32,561 items and 16,281 test items, 123 binary features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "a9a.gz",
        bytes: 197645,
        hash: "sha256:e668fbe4c7500e831ef62fbabfc4a7d22b35b6f611fbf80eca77efcdf528a9f0",
      },
      {
        name: "a9a.t.gz",
        bytes: 99167,
        hash: "sha256:d52d0c91c3f108f1bf34e4af73003a01ce19c3fcf099f319f084ebb349b8d16c",
      },
    ],
  },
  {
    name: "a8a",
    title: "a8a (binary classification)",
    shape: "22,696 items, 123 binary features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "a8a.gz",
        bytes: 138236,
        hash: "sha256:842eabccac378da2d8fb26ae90cb740e24337dc39aff2dfbd86431fa81f3afd3",
      },
    ],
  },
  {
    name: "w8a",
    title: "w8a (binary classification)",
    shape: "49,749 items, 300 binary features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "w8a.gz",
        bytes: 466594,
        hash: "sha256:02ef898ad4e2fc3a9dce0c043ef8e6048117288b2bcbd098fe9c3317aeb2a4d0",
      },
    ],
  },
  {
    name: "mushrooms",
    title: "mushrooms (binary classification)",
    shape: "8,124 items, 112 binary features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "mushrooms.gz",
        bytes: 35223,
        hash: "sha256:70c683b12aca8575fcf1dcdc23aeb4a4f3f1f23e005d5983258716f940dd74b3",
      },
    ],
  },
  {
    name: "phishing",
    title: "phishing (binary classification)",
    shape: "11,055 items, 68 features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "phishing.gz",
        bytes: 137372,
        hash: "sha256:065c1a91d3af9af90aa035ddd34ab00c091ec07ce7672b5e9bc3c474aa1c9413",
      },
    ],
  },
  {
    name: "splice",
    title: "splice (binary classification)",
    shape: "3,175 items, 60 features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "splice-train-and-test.gz",
        bytes: 147547,
        hash: "sha256:e1c797eb79e6607424d36acfbd9873b6447bef3bd924de49a740f33307bb9b88",
      },
    ],
  },
  {
    name: "svmguide1",
    title: "svmguide1 (binary classification)",
    shape: "3,089 items, 4 features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "svmguide1.gz",
        bytes: 56618,
        hash: "sha256:a004de308033b2af9fe98e1bca737842908744e30d7a87a86d6cef659ffb487b",
      },
    ],
  },
  {
    name: "german",
    title: "german (binary classification)",
    shape: "1,000 items, 24 features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "german.numer_scale.gz",
        bytes: 13301,
        hash: "sha256:bb36a964f92d15d72702220310b3d4b7f4ba1c5be48ee8316ed4106d329e58f0",
      },
    ],
  },
  {
    name: "heart",
    title: "heart (binary classification)",
    shape: "270 items, 13 features",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/binary.html",
    folder: "libsvm-binary",
    files: [
      {
        name: "heart_scale.gz",
        bytes: 4302,
        hash: "sha256:ad8cb96a7314f56fa7d1f4a5fe8de9a7ece714a7f81cc5bdf58380c2af515619",
      },
    ],
  },
  {
    name: "covtype-subset",
    title: "Covertype, 10,000 rows",
    shape: "10,000 items, 10 numeric features, 7 classes",
    terms: "none stated by the collection; UCI sources CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/31/covertype",
    folder: "libsvm-binary",
    files: [
      {
        name: "covtype-10000-subset.tsv.gz",
        bytes: 163736,
        hash: "sha256:14852b69e3ff697ed1a51b64377f6c32d340b3530ce74478cb1b9d03eb13a098",
      },
    ],
  },
  {
    name: "boston-housing",
    title: "Boston housing",
    shape: "506 rows, 13 features, 20 published splits",
    terms: "none stated",
    url: "http://lib.stat.cmu.edu/datasets/boston",
    folder: "uci-regression",
    files: [
      {
        name: "bostonHousing.zip",
        bytes: 37762,
        hash: "sha256:5a6c65911d986bee718832df9cd78b98943ef75f5fd7484ba90d03fa3723bfe1",
      },
    ],
  },
  {
    name: "concrete",
    title: "Concrete strength",
    shape: "1,030 rows, 8 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "concrete.zip",
        bytes: 56306,
        hash: "sha256:93bc22d10140cf69f74062de91f30ebeca18358b7d775737bb0c7be37f6aa0a9",
      },
    ],
  },
  {
    name: "energy",
    title: "Energy efficiency",
    shape: "768 rows, 8 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "energy.zip",
        bytes: 38545,
        hash: "sha256:91d55a5c4c53a2553c8ac86a4a03dcd0a1be0a2f07797301be287127b3f99ffd",
      },
    ],
  },
  {
    name: "kin8nm",
    title: "Kin8nm",
    shape: "8,192 rows, 8 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "kin8nm.zip",
        bytes: 793082,
        hash: "sha256:0ea3c58a8214fba2ae3caf9b595668d5048a7b393e75815f1188a65a36c0ebc1",
      },
    ],
  },
  {
    name: "naval",
    title: "Naval propulsion plant",
    shape: "11,934 rows, 16 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "naval-propulsion-plant.zip",
        bytes: 1136524,
        hash: "sha256:a49c99277bbccf43cba404dd51effc7ce956e644898124f1addd345cb0f9f3ce",
      },
    ],
  },
  {
    name: "power-plant",
    title: "Power plant",
    shape: "9,568 rows, 4 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "power-plant.zip",
        bytes: 565240,
        hash: "sha256:43e6599c985f1a41f4088445d28ce95d77939eb8fc30b04dd9ffd04c25e46a41",
      },
    ],
  },
  {
    name: "protein",
    title: "Protein tertiary structure",
    shape: "45,730 rows, 9 features, 5 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "protein-tertiary-structure.zip",
        bytes: 2266070,
        hash: "sha256:fd8ec522598269c37c8e8aa21976438a3afa9e0ad8f38443b037145db90bdf09",
      },
    ],
  },
  {
    name: "wine-red",
    title: "Red wine quality",
    shape: "1,599 rows, 11 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "wine-quality-red.zip",
        bytes: 94538,
        hash: "sha256:cc0d93a795a56db44eafa697cd925b4702757ad78bb22bf8eca405f50683b507",
      },
    ],
  },
  {
    name: "yacht",
    title: "Yacht hydrodynamics",
    shape: "308 rows, 6 features, 20 published splits",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/",
    folder: "uci-regression",
    files: [
      {
        name: "yacht.zip",
        bytes: 18285,
        hash: "sha256:43374d94114cff77c630b1b69fc8c162c22a2951a20e6ecd5caa102a121c45e1",
      },
    ],
  },
  {
    name: "airfoil",
    title: "Airfoil self-noise",
    shape: "1,503 rows, 5 features",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/291/airfoil+self+noise",
    folder: "uci-regression",
    files: [
      {
        name: "airfoil-self-noise.zip",
        bytes: 10414,
        hash: "sha256:c4812495645c7829f47404303dde1eb60900459416cf419561956683dc42142d",
      },
    ],
  },
  {
    name: "abalone",
    title: "Abalone",
    shape: "4,177 rows, 8 features",
    terms: "CC BY 4.0",
    url: "https://archive.ics.uci.edu/dataset/1/abalone",
    folder: "uci-regression",
    files: [
      {
        name: "abalone.zip",
        bytes: 167098,
        hash: "sha256:891fd08212934bc3f11db598400b6ab2b0c56fc0e3173583875b2271011d25d2",
      },
    ],
  },
  {
    name: "sachs",
    title: "Sachs protein signalling",
    shape: "7,466 cells x 11 proteins, interventions, consensus network",
    terms: "research use; cite Sachs et al. 2005",
    url: "https://github.com/cmu-phil/example-causal-datasets",
    folder: "sem-genetics",
    files: [
      {
        name: "sachs.zip",
        bytes: 1177133,
        hash: "sha256:f002165ea45aae0e7e6a685c912a46d725a6319c8b33fe4e10bde52e7b678046",
      },
    ],
  },
  {
    name: "openmx-examples",
    title: "Structural equation examples: Bollen, Holzinger-Swineford, twins",
    shape: "75 countries; 301 children; 3,808 pairs of twins and others",
    terms: "Apache-2.0",
    url: "https://openmx.ssri.psu.edu/",
    folder: "sem-genetics",
    files: [
      {
        name: "openmx-examples.zip",
        bytes: 622628,
        hash: "sha256:ff15f3a9d02806495367471e590aead083950f058ecacf6eda15c05bc44de9aa",
      },
    ],
  },
  {
    name: "esol",
    title: "ESOL (Delaney) solubility",
    shape: "1,128 molecules",
    terms: "MIT",
    url: "https://moleculenet.org/",
    folder: "molecules-moleculenet",
    files: [
      {
        name: "delaney-processed.csv.gz",
        bytes: 31397,
        hash: "sha256:e20e4fdefd71d21f7d58761d54963129674f8b4fddc647c63c18e15af080e112",
      },
    ],
  },
  {
    name: "tox21",
    title: "Tox21",
    shape: "8,014 molecules, 12 assays",
    terms: "MIT",
    url: "https://moleculenet.org/",
    folder: "molecules-moleculenet",
    files: [
      {
        name: "tox21.csv.gz",
        bytes: 125310,
        hash: "sha256:48b34e4e59a2bae6f95734cd206c1869ab355f50a5e50bb7371a21f861d5e297",
      },
    ],
  },
  {
    name: "muv",
    title: "MUV, part",
    shape: "10,000 molecules, 17 assays",
    terms: "MIT",
    url: "https://moleculenet.org/",
    folder: "molecules-moleculenet",
    files: [
      {
        name: "muv-mini.csv.gz",
        bytes: 189140,
        hash: "sha256:2466c0332f40d63a2c2361f4f525afb412f0d28725a6a3b6aeda7acb88200260",
      },
    ],
  },
  {
    name: "zinc-smiles",
    title: "ZINC strings, junction-tree VAE validation and test",
    shape: "29,445 molecules; 1,800 with penalised logP",
    terms: "research use",
    url: "https://zinc.docking.org/",
    folder: "molecules-moleculenet",
    files: [
      {
        name: "zinc-jtvae-valid-test.zip",
        bytes: 394746,
        hash: "sha256:e9c536567c1e1d6c114335ab01a990be1ac126f27d72011f44f19f370692a74a",
      },
    ],
  },
];

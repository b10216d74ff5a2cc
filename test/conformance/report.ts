import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: {
    "text and pictures of values that were checked, tested beside them": [
      "cellText",
      "figureToSvg",
      "formatNumber",
      "markdownClaims",
      "markdownReport",
      "markdownTable",
      "measuredText",
      "renderClaims",
      "renderTable",
    ],
    "checks at the door of reports": ["requireFigure", "requirePicture", "requireReport", "requireTable"],
    "facts about the machine and about claims": ["environment", "verdict"],
    "writers of files": ["writeReport", "writeResults"],
  },
};

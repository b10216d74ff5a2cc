import type { Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {},
  notMethods: { "classes of errors": ["InvalidInputError", "NumericalError"] },
};

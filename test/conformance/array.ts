import { array } from "./inputs.ts";
import { accessor, type Registration } from "./registration.ts";

export const registration: Registration = {
  methods: {
    toNested: accessor(() => ({ array: array() })),
  },
  notMethods: {
    "constructors of plain values, tested beside them": ["appendColumn", "fromNested", "ndArray", "zeros"],
    "checks at the door of other methods": ["requireArray", "requireMatrix", "requireShape"],
    "facts about shapes and element types": ["sizeOf", "bytesPerElement"],
  },
};

export {
  type ChoiceControl,
  type Control,
  type Controls,
  controlValues,
  type FileControl,
  type GivenFile,
  type GraphControl,
  type NumberControl,
  type PointGroups,
  type PointsControl,
  type SeedControl,
  type TextControl,
  type ValuesOf,
} from "./control.ts";
export { type Demo, type DemoContext, defineDemo, runDemo } from "./demo.ts";
export { requireFrame } from "./require-frame.ts";
export type {
  FormulasView,
  Frame,
  GraphView,
  ImagesView,
  MatrixView,
  PlotAxis,
  PlotSeries,
  PlotView,
  Role,
  TableView,
  TextView,
  View,
  ViewOutline,
} from "./view.ts";
export { outlineOf } from "./view.ts";

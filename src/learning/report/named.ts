/** A result and the stage that it comes from. */
export interface Named<A> {
  stage: string;
  artifact: A;
}

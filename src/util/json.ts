/** A value of JSON: what a recipe is made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

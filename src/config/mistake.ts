// What is wrong with a setting, in words that never repeat its value.
export class Mistake extends Error {
  override readonly name = 'Mistake';
}

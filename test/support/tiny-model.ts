/**
 * The model of the tests, from the repository's folder: 1.35 million weights, 2.7 MB, by its file's name "starter". It is an
 * earlier starter model and stays as it is, so that tests which know its words outlive the training of a better one.
 */
export const TINY_MODEL = 'test/fixtures/models/starter.gguf'

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  baselineWarning,
  labelWarnings,
  majorityBaseline,
} from '../../../src/learning/training/label-warnings.js';

const names = ['cat', 'dog', 'emu', 'fox', 'gnu', 'hen', 'ibis'];
const split = (name: string, labels: number[]) => ({ split: name, labels });
const few = names.slice(0, 3);

describe('odd labels', () => {
  it('nothing is reported if each class is in both splits', () => {
    assert.deepEqual(labelWarnings(few, split('train', [0, 1, 2, 2]), split('test', [2, 1, 0])), []);
    assert.deepEqual(labelWarnings(few, split('train', [0, 1, 2, 2])), []);
  });

  it('a single class', () => {
    assert.deepEqual(labelWarnings(few, split('train', [1, 1])), [
      "all clips of split 'train' are of one class, 'dog': there is nothing to classify",
    ]);
  });

  it('classes that no training clip has', () => {
    assert.deepEqual(labelWarnings(few, split('train', [1, 2])), [
      "no clip of split 'train' is of class 'cat', which cannot be learned",
    ]);
    assert.deepEqual(labelWarnings(names, split('train', [1, 2, 6])), [
      "no clip of split 'train' is of classes 'cat', 'fox', 'gnu' and 'hen', which cannot be learned",
    ]);
    const many = Array.from({ length: 9 }, (_, id) => `c${id}`);
    assert.match(labelWarnings(many, split('train', [0, 1]))[0]!, /'c2', .*'c6' and 2 more, which/);
  });

  it('classes that only one of the two splits has', () => {
    assert.deepEqual(labelWarnings(few, split('train', [0, 1]), split('test', [0, 2])), [
      "no clip of split 'train' is of class 'emu', which cannot be learned",
      "split 'test' has clips of class 'emu', but the training split has none",
      "split 'test' has no clip of class 'dog', which its metrics do not cover",
    ]);
  });

  it('splits of one class each, as folders called train and test would make them', () => {
    assert.deepEqual(labelWarnings(['test', 'train'], split('train', [1, 1]), split('test', [0])), [
      "all clips of split 'train' are of one class, 'train': there is nothing to classify",
      "split 'test' has clips of class 'test', but the training split has none",
      "split 'test' has no clip of class 'train', which its metrics do not cover",
      "all clips of split 'test' are of one class, 'test': there is nothing to classify",
    ]);
  });
});

describe('the accuracy of always giving the same answer', () => {
  it('is the share of the most frequent class', () => {
    assert.deepEqual(majorityBaseline([2, 0, 2, 1]), { label: 2, accuracy: 0.5 });
    assert.deepEqual(majorityBaseline([1]), { label: 1, accuracy: 1 });
  });

  it('is what a model has to beat', () => {
    const labels = split('test', [2, 0, 2, 1]);
    assert.equal(baselineWarning(few, labels, 0.75), undefined);
    const sentence = (accuracy: string) =>
      `accuracy ${accuracy} on split 'test' is no better than always answering 'emu' (0.500)`;
    assert.equal(baselineWarning(few, labels, 0.5), sentence('0.500'));
    assert.equal(baselineWarning(few, labels, 0), sentence('0.000'));
  });
});

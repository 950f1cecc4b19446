;; The inner loops of the optimiser, four numbers at a time, on float32 as PyTorch computes them.
;; Lengths are multiples of 4; addresses are in bytes. `npm run wasm` compiles this file to adamw-wasm.ts.
(module
  (import "etude" "memory" (memory 0))

  ;; The sum of squares of $length numbers, added up in float64.
  (func (export "sumOfSquares") (param $at i32) (param $length i32) (result f64)
    (local $end i32) (local $x v128) (local $low v128) (local $high v128)
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $length) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $x (v128.load (local.get $at)))
        (local.set $low (f64x2.add (local.get $low)
          (f64x2.mul
            (f64x2.promote_low_f32x4 (local.get $x))
            (f64x2.promote_low_f32x4 (local.get $x)))))
        (local.set $x (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x)))
        (local.set $high (f64x2.add (local.get $high)
          (f64x2.mul
            (f64x2.promote_low_f32x4 (local.get $x))
            (f64x2.promote_low_f32x4 (local.get $x)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low))))

  ;; One update of $length weights:
  ;;   g = scale * gradient
  ;;   m = m + (1 - beta1) * (g - m)
  ;;   v = beta2 * v + (1 - beta2) * g * g
  ;;   w = decay * w - rate * m / (rootScale * sqrt(v) + epsilon)
  (func (export "adamw")
    (param $weight i32) (param $gradient i32) (param $first i32) (param $second i32) (param $length i32)
    (param $scale f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    (param $decay f32) (param $rate f32) (param $rootScale f32) (param $epsilon f32)
    (local $end i32) (local $g v128) (local $m v128) (local $v v128)
    (local.set $end (i32.add (local.get $weight) (i32.shl (local.get $length) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $weight) (local.get $end)))
        (local.set $g (f32x4.mul (v128.load (local.get $gradient)) (f32x4.splat (local.get $scale))))
        (local.set $m (v128.load (local.get $first)))
        (local.set $m (f32x4.add (local.get $m)
          (f32x4.mul (f32x4.splat (local.get $rest1)) (f32x4.sub (local.get $g) (local.get $m)))))
        (v128.store (local.get $first) (local.get $m))
        (local.set $v (f32x4.add
          (f32x4.mul (v128.load (local.get $second)) (f32x4.splat (local.get $beta2)))
          (f32x4.mul (f32x4.mul (f32x4.splat (local.get $rest2)) (local.get $g)) (local.get $g))))
        (v128.store (local.get $second) (local.get $v))
        (v128.store (local.get $weight) (f32x4.sub
          (f32x4.mul (v128.load (local.get $weight)) (f32x4.splat (local.get $decay)))
          (f32x4.div
            (f32x4.mul (f32x4.splat (local.get $rate)) (local.get $m))
            (f32x4.add
              (f32x4.mul (f32x4.sqrt (local.get $v)) (f32x4.splat (local.get $rootScale)))
              (f32x4.splat (local.get $epsilon))))))
        (local.set $weight (i32.add (local.get $weight) (i32.const 16)))
        (local.set $gradient (i32.add (local.get $gradient) (i32.const 16)))
        (local.set $first (i32.add (local.get $first) (i32.const 16)))
        (local.set $second (i32.add (local.get $second) (i32.const 16)))
        (br $next)))))

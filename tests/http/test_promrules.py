# SPDX-License-Identifier: Apache-2.0
"""The checker of metrics finds what is wrong."""
import unittest

from promrules import problems, values

GOOD = ("# HELP a_seconds Help.\n# TYPE a_seconds histogram\n"
        'a_seconds_bucket{r="x",le="0.5"} 1\na_seconds_bucket{r="x",le="+Inf"} 2\na_seconds_sum{r="x"} 0.7\na_seconds_count{r="x"} 2\n'
        '# HELP b_total Help.\n# TYPE b_total counter\nb_total{r="a\\"b"} 3\nb_total 4\n')


class Rules(unittest.TestCase):
    def test_good_text_has_no_problem(self):
        self.assertEqual(problems(GOOD), [])
        self.assertEqual(values(GOOD)["b_total"], 4)
        self.assertEqual(values(GOOD)['a_seconds_bucket{le="+Inf",r="x"}'], 2)

    def test_each_fault_is_found(self):
        for old, new in (
                ("4\n", "4"), ("b_total 4", "b_total four"), ("b_total 4", "b_total{} 4 x"), ("b_total 4", "b-total 4"),
                ("b_total 4", 'b_total{r="a\\"b"} 4'), ("b_total 4", "b_total -1"), ("b_total 4", 'b_total{r="1",r="2"} 4'),
                ("b_total 4", 'a_seconds_sum{r="y"} 4'), ("b_total 4", "c_total 4"), ("b_total 4", 'b_total{le="1"} 4'),
                ("b_total 4", 'b_total{__r="1"} 4'), ("# HELP b_total Help.\n", ""), ("# TYPE b_total counter\n", ""),
                ("# TYPE b_total counter", "# TYPE b_total count"), ("# TYPE b_total counter", "# TYPE b_total gauge"),
                ("b_total", "b"), ("b_total", "bTotal_total"), ("b_total", "b_ms_total"), ("b_total", "b_counter_total"),
                ('"0.5"} 1', '"0.5"} 3'), ('le="0.5"', 'le="+Inf"'), ('le="+Inf"', 'le="7"'), ('count{r="x"} 2', 'count{r="x"} 3'),
                ('a_seconds_sum{r="x"} 0.7\n', ""), ("# HELP b_total Help.\n", "# HELP b_total Help.\n" * 2)):
            with self.subTest(old=old, new=new):
                self.assertIn(old, GOOD)
                self.assertTrue(problems(GOOD.replace(old, new)))


if __name__ == "__main__":
    unittest.main()

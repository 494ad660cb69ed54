#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of scripts/bench: figures out of rounds, ratios and their verdicts, bounds of generated dates."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))
sys.dont_write_bytecode = True
from bench import data, figures, load, tokens  # noqa: E402

LINE = ('BENCH {"requests":3000,"duration_us":1500000,"bytes":6000000,"status":1,"connect":2,"read":3,"write":4,"timeout":5,'
        '"mean_us":800.5,"p50_us":700,"p90_us":1200,"p99_us":2500,"max_us":9000}')


def a_round(rate, failed=0, **more):
    return {"rate": rate, "failed": failed, "mean": .001, "p50": .001, "p90": .002, "p99": .004, "max": .1, "bytes": 100,
            "cpu_us": {"app": rate / 100}, **more}


class Tokens(unittest.TestCase):
    def test_words_of_names(self):
        for name, words in (("Ministry of Interior of KE (12)", "12 interior ke ministry of"), ("N’Guessan", "guessan nguessan"),
                            ("Ngũgĩ Nguyễn", "ngugi nguyen"), ("Søren van\u00a0der\u00a0Merwe", "der merwe soren van"),
                            ("one-stop border posts", "border one onestop posts stop"), ("Thị Al-Thani", "al althani thani thi")):
            self.assertEqual(" ".join(sorted(tokens.stored(name))), words)


class Figures(unittest.TestCase):
    def test_a_line_of_wrk_is_read_in_seconds(self):
        r = load.parse("Running 1s test\n" + LINE + "\n")
        self.assertEqual((r["rate"], r["requests"], r["failed"], r["bytes"]), (2000, 3000, 15, 2000))
        self.assertAlmostEqual(r["mean"], .0008005)
        self.assertAlmostEqual(r["p99"], .0025)

    def test_output_without_the_line_is_a_failure(self):
        with self.assertRaises(Exception):
            load.parse("unable to connect to 127.0.0.1:8151 Connection refused\n")

    def test_rounds_give_their_median_lowest_and_highest(self):
        s = figures.summary([a_round(100), a_round(900), a_round(200, failed=1)])
        self.assertEqual((s["rate"], s["rate_min"], s["rate_max"], s["failed"], s["cpu_us"]["app"]), (200, 100, 900, 1, 2))

    def rows(self, **rates):
        return {name.replace("_", "-"): {"title": name, "connections": 64, **figures.summary([a_round(r)])} for name, r in rates.items()}

    def test_verdicts(self):
        # 0.35 and 0.45 are the bounds of one visit against the constant answer
        for visit, verdict in ((349, "NOT reached"), (350, "reached"), (449, "reached"), (450, "stretch")):
            judged = {j[0]: j for j in figures.judge(self.rows(visit_64=visit, constant_64=1000))}
            self.assertEqual(judged["one visit ÷ constant answer, 64 clients"][4], verdict, visit)

    def test_less_is_better_where_time_is_compared(self):
        rows = self.rows(visit_64=100)
        for p99, verdict in ((.0025, "stretch"), (.004, "reached"), (.0041, "NOT reached")):
            rows["visit-64"]["p99"] = p99
            judged = {j[0]: j[4] for j in figures.judge(rows)}
            self.assertEqual(judged["p99 ÷ p50 of one visit, 64 clients"], verdict, p99)

    def test_time_at_scale_is_the_inverse_of_the_rate(self):
        judged = figures.judge(self.rows(scale_list_base=1000, scale_list=500))
        self.assertEqual([(j[1], j[4]) for j in judged], [(2, "NOT reached")])

    def test_starvation_is_little_s_law(self):
        rows = self.rows(visit_64=32_000)
        self.assertAlmostEqual(figures.served(rows, "visit-64"), .5)  # 32,000 a second × 1 ms ÷ 64 clients

    def test_a_row_that_failed_gives_no_ratio(self):
        rows = self.rows(visit=500, dossier=500)
        rows["dossier"]["failed"] = 1
        self.assertEqual(figures.judge(rows), [])
        self.assertIn("VOID", figures.rows_table(rows))

    def test_a_row_left_out_says_why(self):
        text = figures.rows_table({"php-visit": {"title": "PHP-FPM", "connections": 16, "note": "not installed", "failed": 0}})
        self.assertIn("not installed", text)


class Data(unittest.TestCase):
    def test_bounds_of_dates(self):
        for text, want in (("2018", (20180101, 20181231)), ("2018-02", (20180201, 20180228)), ("2020-02", (20200201, 20200229)),
                           ("2018-07-28", (20180728, 20180728)), ("2018-07-28/2018-08-03", (20180728, 20180803)),
                           ("2018-07-28/..", (20180728, 99999999)), ("../2018", (1, 20181231)), (data.NULL, (0, 0))):
            self.assertEqual(data.bounds(text), want, text)

    def test_the_same_register_twice(self):
        with tempfile.TemporaryDirectory() as folder:
            texts = []
            for name in ("a", "b"):
                data.Maker(ROOT, f"{folder}/{name}", 40).make()
                texts.append({p.name: p.read_bytes() for p in sorted(pathlib.Path(folder, name).iterdir())})
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(texts[0]["visit.tsv"].count(b"\n"), 40)
        for table, columns in data.TABLES.items():
            for line in texts[0][f"{table}.tsv"].decode().splitlines():
                self.assertEqual(line.count("\t") + 1, len(columns), table)


class CommandLine(unittest.TestCase):
    def bench(self, *arguments):
        return subprocess.run([sys.executable, ROOT / "scripts/bench", *arguments], capture_output=True, text=True)

    def test_help(self):
        done = self.bench("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("--visits", done.stdout)

    def test_wrong_usage(self):
        for wrong in (["--visits", "12"], ["--rounds", "x"], ["--nonsense"], ["--scale", "--visits", "10000"]):
            done = self.bench(*wrong)
            self.assertEqual((done.returncode, done.stdout), (2, ""), wrong)


if __name__ == "__main__":
    unittest.main()

"""GoogleTest executables in shards of at most 32 tests.

lit itself makes shards of up to 512 tests and begins them when all other tests have begun: an executable that takes minutes would end alone.
"""
import math

import lit.formats
import lit.Test

SIZE = 32


class Shards(lit.formats.GoogleTest):
    def get_num_tests(self, path, *rest):
        self.tests = super().get_num_tests(path, *rest)
        return self.tests

    def getTestsInDirectory(self, *arguments):
        for test in super().getTestsInDirectory(*arguments):
            *path, index, count = test.path_in_suite
            if not test.gtest_json_file or not count.isdigit():
                yield test
                continue
            parts = math.ceil(self.tests / SIZE / int(count)) or 1
            for part in range(parts):
                shard = (*path, str(int(index) + part * int(count)), str(parts * int(count)))
                yield lit.Test.Test(test.suite, shard, test.config, file_path=test.file_path,
                                    gtest_json_file=test.gtest_json_file.replace(".json", f"-{part}.json"))

// What docs/connect.md shows an application doing, with the include lines that it has there.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <unistd.h>
#include <weir/connect.h>
#include <weir/log.h>

namespace {

namespace wc = weir::connect;

TEST(Application, brings_a_file_in_and_takes_it_out_again) {
  const std::string directory = testing::TempDir() + "weir_application_" + std::to_string(::getpid());
  std::filesystem::create_directories(directory);
  std::ofstream(directory + "/words.txt") << "one\ntwo\n";
  for (int run = 0; run < 2; ++run) {
    auto log = weir::log::open(directory + "/data").value();
    auto in = wc::run_source_until_end(log, wc::file_source({.path = directory + "/words.txt"}),
                                       {.name = "words", .topic = "words"});
    ASSERT_TRUE(in) << in.error().to_string();
    EXPECT_EQ(in->records, run == 0 ? 2u : 0u);
    auto out = wc::run_sink_until_end(log, wc::file_sink({.path = directory + "/words.jsonl"}),
                                      {.name = "words-out", .topics = {"words"}});
    ASSERT_TRUE(out) << out.error().to_string();
    EXPECT_EQ(out->records, run == 0 ? 2u : 0u);
  }
  std::stringstream written;
  written << std::ifstream(directory + "/words.jsonl").rdbuf();
  EXPECT_EQ(written.str(), "{\"key\":null,\"value\":\"one\"}\n{\"key\":null,\"value\":\"two\"}\n");
  std::filesystem::remove_all(directory);
}

}  // namespace

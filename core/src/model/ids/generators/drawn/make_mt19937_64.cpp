// Writes mt19937_64.txt: ids as Jaeger's client for C++ draws them (Tracer::randomID), a root's trace having the id of
// its span.
//
//   c++ -O1 make_mt19937_64.cpp -o make && ./make > mt19937_64.txt
#include <cstdint>
#include <cstdio>
#include <random>

int main() {
  std::mt19937_64 generator(20261203u);
  for (int i = 0; i < 800; i++) {
    unsigned long long span = generator();
    if (i % 5 == 0)
      std::printf("%016llx %032llx\n", span, span);
    else
      std::printf("%016llx\n", span);
  }
}

# The package: headers under include/weir with their includes rewritten to match, the library, the weir binary, and what
# find_package(weir) reads.

"""Chinese standards as pure functions: credit codes, division codes and amounts of money."""

// The pickle inside a PyTorch file: a program of which we write one, and read those like it.
#include <fmt/format.h>

#include <cstdint>
#include <limits>
#include <map>
#include <variant>

#include "ingest/errors.hpp"
#include "publishers/cutouts/tensor_file.hpp"

namespace draftstream {
namespace {

struct TorchStorage {
  ElementType type;
  const char* name;
};
constexpr TorchStorage storages[] = {{ElementType::uint8, "torch ByteStorage"},
                                     {ElementType::int8, "torch CharStorage"},
                                     {ElementType::float32, "torch FloatStorage"}};

// Opcodes of pickle that torch.save uses for a tensor.
enum Opcode : unsigned char {
  mark = '(',
  stop = '.',
  bin_int = 'J',
  bin_int1 = 'K',
  bin_int2 = 'M',
  reduce = 'R',
  bin_unicode = 'X',
  empty_tuple = ')',
  bin_persid = 'Q',
  global = 'c',
  bin_put = 'q',
  long_bin_put = 'r',
  bin_get = 'h',
  tuple = 't',
  protocol = 0x80,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  new_true = 0x88,
  new_false = 0x89,
  long1 = 0x8a,
};

std::string little_endian(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xffU);
  return text;
}

std::string pickled(std::uint64_t value) {
  if (value < 256) return "K" + little_endian(value, 1);
  if (value < (1U << 31U)) return "J" + little_endian(value, 4);
  // A ninth byte keeps it positive.
  return std::string{"\x8a\x09", 2} + little_endian(value, 8) + '\0';
}

std::string pickled(const std::vector<std::size_t>& values) {
  std::string text = "(";
  for (const std::size_t value : values) text += pickled(value);
  return text + "t";
}

std::string pickled(std::string_view value) {
  return "X" + little_endian(value.size(), 4) + std::string{value};
}

/// A value on the stack. What is no number, text or tuple keeps its name.
struct Value {
  enum Kind { a_number, a_text, a_name, a_tuple, a_mark, a_storage, a_call } kind = a_mark;
  std::uint64_t number = 0;
  std::string text;
  std::vector<Value> items;  // of a tuple; name and arguments of a call
};

/// Runs the program as far as it builds values; calls are kept as they are written.
class Unpickler {
 public:
  explicit Unpickler(std::string_view program) : program_{program} {}

  Value run() {
    for (;;) {
      const auto opcode = static_cast<unsigned char>(take(1)[0]);
      if (opcode == stop) return pop();
      step(opcode);
      // Far more than a tensor needs; a program of many tuples of tuples ends here.
      if (stack_.size() > 256 || ++steps_ > 4096) throw fault("a longer program");
    }
  }

 private:
  [[nodiscard]] InputError fault(const std::string& found) const {
    return {fmt::format("pickle, byte {}", at_), found, "a single tensor, as torch.save writes it"};
  }

  std::string_view take(std::size_t bytes) {
    if (program_.size() - at_ < bytes) throw fault("its end");
    const auto taken = program_.substr(at_, bytes);
    at_ += bytes;
    return taken;
  }

  std::uint64_t take_number(std::size_t bytes) {
    std::uint64_t value = 0;
    const auto taken = take(bytes);
    for (std::size_t i = 0; i < bytes && i < 8; ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(taken[i])} << (8 * i);
    }
    return value;
  }

  std::string take_line() {
    const auto end = program_.find('\n', at_);
    if (end == std::string_view::npos) throw fault("a line without end");
    const std::string line{program_.substr(at_, end - at_)};
    at_ = end + 1;
    return line;
  }

  Value pop() {
    if (stack_.empty()) throw fault("an empty stack");
    Value value = std::move(stack_.back());
    stack_.pop_back();
    return value;
  }

  void push_number(std::uint64_t number) { stack_.push_back({Value::a_number, number, "", {}}); }

  void push_tuple(std::size_t items) {
    if (stack_.size() < items) throw fault("an empty stack");
    const auto first = stack_.end() - static_cast<std::ptrdiff_t>(items);
    Value value{Value::a_tuple, 0, "", {first, stack_.end()}};
    stack_.erase(first, stack_.end());
    stack_.push_back(std::move(value));
  }

  void push_tuple_from_mark() {
    std::size_t items = 0;
    while (items < stack_.size() &&
           (stack_.end() - 1 - static_cast<std::ptrdiff_t>(items))->kind != Value::a_mark) {
      ++items;
    }
    if (items == stack_.size()) throw fault("a tuple without beginning");
    push_tuple(items);
    Value value = pop();
    pop();  // the mark
    stack_.push_back(std::move(value));
  }

  void push_call(Value::Kind kind, std::size_t items) {
    push_tuple(items);
    stack_.back().kind = kind;
  }

  void step(unsigned char opcode) {
    switch (opcode) {
      case protocol:
        take(1);
        return;
      case mark:
        stack_.emplace_back();
        return;
      case empty_tuple:
        return push_tuple(0);
      case tuple:
        return push_tuple_from_mark();
      case tuple1:
        return push_tuple(1);
      case tuple2:
        return push_tuple(2);
      case tuple3:
        return push_tuple(3);
      case bin_int1:
        return push_number(take_number(1));
      case bin_int2:
        return push_number(take_number(2));
      case bin_int:
        return push_number(take_number(4));
      case long1:
        return push_number(take_number(take_number(1)));
      case new_true:
        return push_number(1);
      case new_false:
        return push_number(0);
      case bin_unicode:
        stack_.push_back({Value::a_text, 0, std::string{take(take_number(4))}, {}});
        return;
      case global: {
        std::string module = take_line();
        stack_.push_back({Value::a_name, 0, std::move(module) + " " + take_line(), {}});
        return;
      }
      case bin_put:
      case long_bin_put: {
        const auto place = take_number(opcode == bin_put ? 1 : 4);
        if (stack_.empty()) throw fault("an empty stack");
        // Names and texts are all that torch.save takes out again; tuples would cost copies.
        if (stack_.back().items.empty()) memo_[place] = stack_.back();
        return;
      }
      case bin_get: {
        const auto found = memo_.find(take_number(1));
        if (found == memo_.end()) throw fault("a value that was never kept");
        stack_.push_back(found->second);
        return;
      }
      case bin_persid:
        return push_call(Value::a_storage, 1);
      case reduce:
        return push_call(Value::a_call, 2);
      default:
        throw fault(fmt::format("the opcode {:#04x}", opcode));
    }
  }

  std::string_view program_;
  std::size_t at_ = 0;
  std::size_t steps_ = 0;
  std::vector<Value> stack_;
  std::map<std::uint64_t, Value> memo_;
};

InputError another(const std::string& found) {
  return {"pickle", found, "a single tensor of uint8, int8 or float32 in C order"};
}

// A tuple of numbers.
std::vector<std::size_t> numbers(const Value& value) {
  if (value.kind != Value::a_tuple) throw another("no shape");
  std::vector<std::size_t> all;
  for (const Value& item : value.items) {
    if (item.kind != Value::a_number) throw another("a shape of other things than numbers");
    all.push_back(static_cast<std::size_t>(item.number));
  }
  return all;
}

// ('storage', torch.ByteStorage, '0', 'cpu', 12): type and name of the storage.
void read_storage(const Value& value, TensorHeader& header) {
  if (value.kind != Value::a_storage || value.items[0].kind != Value::a_tuple ||
      value.items[0].items.size() != 5) {
    throw another("no storage");
  }
  const auto& items = value.items[0].items;
  for (const TorchStorage& known : storages) {
    if (items[1].text != known.name) continue;
    header.type = known.type;
    header.storage = items[2].text;
    return;
  }
  throw another("a storage called '" + items[1].text.substr(0, 60) + "'");
}

}  // namespace

std::string tensor_pickle(ElementType type, const std::vector<std::size_t>& shape) {
  std::vector<std::size_t> strides(shape.size());
  std::size_t elements = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = elements;
    elements *= shape[i];
  }
  std::string storage_name = storages[static_cast<std::size_t>(type)].name;
  storage_name[storage_name.find(' ')] = '\n';
  // _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks).
  return "\x80\x02"
         "ctorch._utils\n_rebuild_tensor_v2\n"
         "((" +
         pickled("storage") + "c" + storage_name + "\n" + pickled("0") + pickled("cpu") +
         pickled(elements) + "tQ" + pickled(std::uint64_t{0}) + pickled(shape) + pickled(strides) +
         "\x89" + "ccollections\nOrderedDict\n)RtR.";
}

TensorHeader parse_tensor_pickle(std::string_view pickle) {
  const Value call = Unpickler{pickle}.run();
  if (call.kind != Value::a_call || call.items[0].text != "torch._utils _rebuild_tensor_v2" ||
      call.items[1].kind != Value::a_tuple || call.items[1].items.size() < 4) {
    throw another("something else");
  }
  const auto& arguments = call.items[1].items;
  TensorHeader header;
  read_storage(arguments[0], header);
  if (arguments[1].kind != Value::a_number) throw another("no offset");
  header.offset = static_cast<std::size_t>(arguments[1].number);
  header.shape = numbers(arguments[2]);
  const auto strides = numbers(arguments[3]);
  if (strides.size() != header.shape.size()) throw another("strides of another shape");
  std::size_t elements = 1;
  for (std::size_t i = header.shape.size(); i-- > 0;) {
    if (header.shape[i] != 1 && strides[i] != elements) throw another("another order");
    if (__builtin_mul_overflow(elements, header.shape[i], &elements) ||
        elements > std::numeric_limits<std::size_t>::max() / 8) {
      throw another("a shape beyond all memory");
    }
  }
  return header;
}

}  // namespace draftstream

# The rules that tflint brings with it; those for AWS are a plugin that has to be downloaded.
plugin "terraform" {
  enabled = true
  preset  = "all"
}

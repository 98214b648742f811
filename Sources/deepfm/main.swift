print("deepfm")

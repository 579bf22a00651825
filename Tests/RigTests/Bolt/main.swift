let rig = 0
